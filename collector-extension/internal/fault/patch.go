package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Patch changes a JSON body of the answer by a JSON Patch (RFC 6902): all operations, or none where one does not apply.
// Then fields of GraphQL responses become null.
type Patch struct {
	forwards
	Fault *scenario.Fault
}

func init() {
	executes(scenario.FaultPatch, func(d scenario.Drawn) Fault { return Patch{Fault: d.Fault} })
}

// Request asks for a body that is not compressed.
func (p Patch) Request(_ context.Context, _ *Exchange, r *http.Request) { askForIdentity(r) }

// Respond patches. A body that cannot be patched passes unharmed, and nothing is noted.
func (p Patch) Respond(_ context.Context, x *Exchange, response *http.Response) error {
	if changeJSON(response, p.change) {
		x.Note(scenario.FaultPatch, "")
	}
	return nil
}

func (p Patch) change(document []byte) []byte {
	changed := p.patch(document)
	if changed != nil {
		document = changed
	}
	if nulled := NullFields(document, p.Fault); nulled != nil {
		return nulled
	}
	return changed
}

func (p Patch) patch(document []byte) []byte {
	if len(p.Fault.Patch) == 0 {
		return nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(p.operations()) != nil {
		return nil
	}
	patch, err := jsonpatch.DecodePatch(text.Bytes())
	if err != nil {
		return nil
	}
	options := jsonpatch.NewApplyOptions()
	// Copies of copies grow fast.
	options.AccumulatedCopySizeLimit = maxJSON
	options.EscapeHTML = false
	changed, err := patch.ApplyWithOptions(document, options)
	if err != nil {
		return nil
	}
	return changed
}

// operations returns the operations of the fault with a value where one belongs, also where it is null.
func (p Patch) operations() []map[string]any {
	operations := make([]map[string]any, 0, len(p.Fault.Patch))
	for _, o := range p.Fault.Patch {
		operation := map[string]any{"op": o.Op, "path": o.Path}
		switch o.Op {
		case "add", "replace", "test":
			operation["value"] = o.Value
		case "move", "copy":
			operation["from"] = o.From
		}
		operations = append(operations, operation)
	}
	return operations
}
