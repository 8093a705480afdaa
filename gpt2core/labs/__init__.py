"""What can be tried on a built model: each lab is a function of it that gives plain data."""
