"""What the specs are compared with: modules written by hand, and packages of the extra `reference`."""
