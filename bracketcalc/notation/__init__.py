"""From the text of a formula to an expression: lexer, parser, inference of sizes, construction."""
