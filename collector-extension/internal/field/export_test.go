package field

// Known is the number of known names, and of none.
var Known = len(names)
