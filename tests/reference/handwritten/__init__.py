"""Networks by hand, for specs to equal: where no package has one."""
