"""The immutable expression graph: nodes hold data, the Python operators build them."""
