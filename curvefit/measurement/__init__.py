"""What came back: a measurement, how it is made, and how other tools' results become one. Nothing is concluded."""
