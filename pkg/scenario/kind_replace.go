package scenario

import (
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// FaultReplace forwards, and answers with status, set_headers and body instead of what the upstream answered.
const FaultReplace FaultKind = "replace"

// defaultStatus is what FaultReplace answers with.
const defaultStatus = 200

var statusParameter = number("status", func(f *Fault) **int { return &f.Status }, 200, 599)

func init() {
	register(Kind{
		Name: FaultReplace, Order: 150, Group: GroupBody, Label: "Replaced answer", Effect: EffectChanged, FailsByStatus: true,
		Description: "Forwards the request, and answers something else.",
		Doc:         "forwards, and answers something else",
		Initial:     Fault{Status: new(defaultStatus)},
		Fields: []Field{
			{Parameter: statusParameter, Label: "Status", Default: defaultStatus},
			{Parameter: bodyParameter, Label: "Body", Otherwise: "Empty"},
			{Parameter: contentType, Label: "Content type", Example: anyContentType, With: bodyParameter},
			{Parameter: setHeaders, Label: "Set headers"},
		},
		check: func(f *Fault) error {
			if f.Status != nil && f.Body != nil && *f.Body != "" && (*f.Status == http.StatusNoContent || *f.Status == http.StatusNotModified) {
				return validation.Errorf("body", "must be absent where status is %d, which has none", *f.Status)
			}
			return nil
		},
	})
}
