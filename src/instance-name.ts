/** Becomes a folder and part of a socket's path, so it is short and has no separators. Apart from the schemas, so that a quick command need not load them. */
export const INSTANCE_NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/
export const INSTANCE_NAME_SAYS = 'an instance is 1 to 32 of a-z 0-9 _ -, starting with a letter or digit'
