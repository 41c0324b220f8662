"""CAP 1.2: messages as values, as signed XML, and the judgement of any such file."""
