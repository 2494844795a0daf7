package scenario

import (
	"regexp"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/fieldpath"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// fieldNames are paths of Names of the GraphQL specification (section 2.1.9) and of lists.
var fieldNames = regexp.MustCompile(`^([_A-Za-z][_0-9A-Za-z]*|\*\*?)(\[([0-9]{1,9}|\*)?\])*(\.([_A-Za-z][_0-9A-Za-z]*|\*\*?)(\[([0-9]{1,9}|\*)?\])*)*$`)

// ParseNullPath reads a path to fields of a GraphQL answer below its data, such as "orders[*].lines[0].total" or "$..email" (see
// pkg/fieldpath). The error is a *validation.Error without a field.
func ParseNullPath(text string) (*fieldpath.Path, error) {
	if err := validation.Text("", text, MaxTextLength); err != nil {
		return nil, err
	}
	p, err := fieldpath.Parse(text)
	// The data as a whole is no field, and a filter would look at what other paths have made null.
	if err != nil || p.IsRoot() || p.Filters() || !strings.HasPrefix(text, "$") && !fieldNames.MatchString(text) {
		return nil, validation.Errorf("", "must be a path of fields such as user.email or orders[*].total, is %q", clip(text))
	}
	return p, nil
}
