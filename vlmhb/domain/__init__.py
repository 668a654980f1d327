"""The values every stage passes to the next. Nothing here touches a file, a process or a clock."""
