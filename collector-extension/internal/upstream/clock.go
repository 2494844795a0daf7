package upstream

import "time"

// began is when now was first asked for what has passed.
var began = time.Now()

// now is time.Now for what is compared with other times of it: to ask for what has passed costs half of what the time of day does.
func now() time.Time { return began.Add(time.Since(began)) }
