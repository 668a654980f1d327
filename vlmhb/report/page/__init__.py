"""report.html: what its templates and its scripts are given."""
