package datasource

import (
	"fmt"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/role"
)

// searchError refuses a condition that looks into contents.
type searchError struct{ condition string }

func (e *searchError) Error() string {
	return fmt.Sprintf("filter.%s: it takes the right to read bodies, headers and messages of recordings (recordings:read-bodies), which your role does not have", e.condition)
}

// searchable refuses filters that look into contents of recordings for users who may not read these: what is found would
// tell them letter by letter. Frames have no contents. Who may query at all is decided by Grafana.
func (d *DataSource) searchable(filter *recording.Filter, user *backend.User) error {
	if user != nil && role.Role(user.Role).AtLeast(d.settings.readBodies) {
		return nil
	}
	if names := filter.OfContents(); len(names) > 0 {
		return &searchError{names[0]}
	}
	return nil
}
