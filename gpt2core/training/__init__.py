"""A model that learns while the class watches: from what, how, and how well."""
