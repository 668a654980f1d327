"""What a report tells, as values: rankings, groups, costs, failures, differences."""
