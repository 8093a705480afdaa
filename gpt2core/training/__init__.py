"""What a GPT-2 learns from, how it learns, and how good it is."""
