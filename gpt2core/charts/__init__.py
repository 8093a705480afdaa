"""The Plotly figures, each authored once; colours and layout in base.py."""
