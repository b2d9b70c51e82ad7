"""Write files atomically and readable only by their owner; frames as CSV, Excel workbooks and parquet."""
