package scenario

// connections is what happens to new connections by one rule, or by the scenario's own behavior.
type connections struct {
	gateway string
	faults  []*compiledFault
}

// Refuses reports whether a new connection to gateway is reset before anything is read, by a fault of kind refuse. Random is
// what the share is drawn with, since a connection has no trace id yet. It costs nothing where no scenario refuses.
//
// The first rule that is about all exchanges of the gateway decides, else the scenario's own behavior: rules that ask for
// more than a gateway cannot be matched yet.
func (e *Engine) Refuses(gateway string, random uint64) bool {
	for i := range e.connections {
		c := &e.connections[i]
		if c.gateway != "" && c.gateway != gateway {
			continue
		}
		x, refused := Exchange{Gateway: gateway}, false
		for _, f := range c.faults {
			on, withheld := f.schedule.holds(&x, e.elapsed(f.schedule.timed()))
			share := f.share * (1 - withheld)
			refused = refused || on && (share >= 1 || unit(mix(random^f.salt)) < share)
		}
		return refused
	}
	return false
}
