package scenario

import "github.com/mockforge/mockforge-observability-app/pkg/validation"

// FaultRefuse resets new connections as they come, before a request is read, as if nothing listened. Its target may
// have a gateway only. It cannot be asked for by a request.
const FaultRefuse FaultKind = "refuse"

func init() {
	register(Kind{
		Name: FaultRefuse, Order: 60, Group: GroupConnection, Label: "Connection refused", Effect: EffectBroken, Fails: true, Level: LevelConnection,
		Description: "Resets new connections before a request is read, as if nothing listened. Per gateway only.",
		Doc:         "resets new connections before a request is read; the target has a gateway at most",
		check: func(f *Fault) error {
			if f.When != nil && f.When.Per != "" && f.When.Per != PerAll {
				return validation.Errorf("when.per", "must be all for kind refuse: a new connection has no %s yet", f.When.Per)
			}
			return nil
		},
	})
}
