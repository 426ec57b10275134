"""How long it takes until curvefit does anything."""
