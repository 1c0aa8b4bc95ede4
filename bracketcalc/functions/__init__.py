"""One record for each function, the tables of all records, and the Python forms that build expressions."""
