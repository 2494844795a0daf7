package fault

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"github.com/mockforge/mockforge-observability-app/pkg/fieldpath"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// maxNulled is how many fields of one answer become null at most: each gets an error of its own.
const maxNulled = 1000

// NullFields makes the fields of a GraphQL response, or of a batch of them, that the NullPaths of f match null, and adds
// an error of its path for each (GraphQL, section 7.1.2). It returns nil where none is matched, and where document is no
// GraphQL response. A field that its schema says is never null is null nevertheless: schemas are not known here, hence
// nor which field of those around it would be null instead.
func NullFields(document []byte, f *scenario.Fault) []byte {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var parsed any
	if len(f.NullPaths) == 0 || decoder.Decode(&parsed) != nil {
		return nil
	}
	n := nulls{fault: f}
	switch parsed := parsed.(type) {
	case map[string]any:
		n.response(parsed, "")
	case []any:
		for i, one := range parsed {
			if response, ok := one.(map[string]any); ok {
				n.response(response, "/"+strconv.Itoa(i))
			}
		}
	}
	if len(n.operations) == 0 {
		return nil
	}
	text, err := json.Marshal(n.operations)
	if err != nil {
		return nil
	}
	// As a patch, so that all the rest stays as it was written.
	patch, err := jsonpatch.DecodePatch(text)
	if err != nil {
		return nil
	}
	options := jsonpatch.NewApplyOptions()
	options.EscapeHTML = false
	changed, err := patch.ApplyWithOptions(document, options)
	if err != nil {
		return nil
	}
	return changed
}

// nulls collects the operations that null fields, which it does to the parsed document, too: what is null already, or
// below what is, is not nulled again.
type nulls struct {
	fault      *scenario.Fault
	operations []map[string]any
	nulled     int
	// pointer is where the response stands in the document, hasErrors whether it has a list of errors.
	pointer   string
	hasErrors bool
}

func (n *nulls) response(response map[string]any, pointer string) {
	data, ok := response["data"].(map[string]any)
	if !ok {
		return
	}
	n.pointer = pointer
	_, n.hasErrors = response["errors"].([]any)
	for _, text := range n.fault.NullPaths {
		path, err := scenario.ParseNullPath(text)
		if err != nil {
			continue // Not possible: the scenario was validated.
		}
		n.walk(data, path.Root(data), nil, pointer+"/data", func() {})
	}
}

// walk goes from value to where a path leads; path is how GraphQL, pointer how JSON Patch says where it is, and clear makes it null.
func (n *nulls) walk(value any, at fieldpath.Place, path []any, pointer string, clear func()) {
	if value == nil || n.nulled >= maxNulled {
		return
	}
	if at.Selected() {
		clear()
		n.note(path, pointer)
		return
	}
	if at.Lost() {
		return
	}
	// A copy each: the errors keep their paths.
	below := func(part any) []any { return append(path[:len(path):len(path)], part) }
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if next := at.Member(name, value[name]); !next.Lost() || next.Selected() {
				n.walk(value[name], next, below(name), pointer+"/"+pointerEscapes.Replace(name), func() { value[name] = nil })
			}
		}
	case []any:
		for i := range value {
			if next := at.Element(i, len(value), value[i]); !next.Lost() || next.Selected() {
				n.walk(value[i], next, below(i), pointer+"/"+strconv.Itoa(i), func() { value[i] = nil })
			}
		}
	}
}

// pointerEscapes are the escapes of a JSON Pointer (RFC 6901 section 3).
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func (n *nulls) note(path []any, pointer string) {
	n.nulled++
	if !n.hasErrors {
		n.hasErrors = true
		n.operations = append(n.operations, map[string]any{"op": "add", "path": n.pointer + "/errors", "value": []any{}})
	}
	failure := map[string]any{"message": "This field was made null by MockForge.", "path": path}
	if len(n.fault.Extensions) > 0 {
		failure["extensions"] = maps.Clone(n.fault.Extensions)
	}
	n.operations = append(n.operations,
		map[string]any{"op": "replace", "path": pointer, "value": nil},
		map[string]any{"op": "add", "path": n.pointer + "/errors/-", "value": failure},
	)
}
