"""What asking a model costs and survives, beside other clients and tools. Needs no model."""
