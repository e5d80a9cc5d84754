"""Files of other toolkits: what a run exports, and what others wrote as input. Nothing here is ever the store."""
