"""What is said: scenarios, their texts in every language, and the messages made from them."""
