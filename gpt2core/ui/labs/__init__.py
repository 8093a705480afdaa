"""The labs on the page: what runs one, and what is shown of its result, a file for each."""
