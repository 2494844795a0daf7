package remote

import (
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// filterQuery returns a filter as query parameters: the names of its JSON, lists by repeating the name, and what is inside an
// object with the names of both.
func filterQuery(filter recording.Filter) (url.Values, error) {
	encoded, err := json.Marshal(filter)
	if err != nil {
		return nil, err
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(encoded, &object); err != nil {
		return nil, err
	}
	query := url.Values{}
	return query, addAll(query, "", object)
}

func addAll(query url.Values, prefix string, object map[string]json.RawMessage) error {
	for name, raw := range object {
		name = prefix + name
		var inside map[string]json.RawMessage
		var several []string
		var text string
		switch {
		case json.Unmarshal(raw, &inside) == nil:
			if err := addAll(query, name+".", inside); err != nil {
				return err
			}
		case json.Unmarshal(raw, &several) == nil:
			query[name] = several
		case json.Unmarshal(raw, &text) == nil:
			query.Set(name, text)
		case json.Valid(raw): // numbers and booleans are as in JSON
			query.Set(name, string(raw))
		default:
			return fmt.Errorf("%s cannot be a parameter", name)
		}
	}
	return nil
}
