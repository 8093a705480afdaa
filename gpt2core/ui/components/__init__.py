"""What views are made of: controls, charts, results, and what stands around the tabs."""
