"""The array namespaces that programs run on."""
