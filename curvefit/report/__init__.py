"""From a study to what people read: figure, page, terminal text, study.json."""
