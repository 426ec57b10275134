"""The embedded engine: how much it computes, and whether it replies as the model that was trained does."""
