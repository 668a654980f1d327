"""Charts: Vega-Lite specs, drawn on this machine, put into the page as plain SVG."""
