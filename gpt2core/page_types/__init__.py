"""Types of everything that the server tells the page; the standard library only."""
