"""Every act there is, tried by an officer here and elsewhere; and the table that says who may.

An act is a public function of the actions that is handed an officer, `by`: whatever is added there
must have a row in the file of its capability. Each is performed for real, on what colleagues
prepared; meanwhile a spy looks at the database, so that nothing is written before the officer's
right to it was asked.

`python -m tests.permissions` writes docs/permissions.md anew from what the code does; read the
difference before you keep it.
"""
