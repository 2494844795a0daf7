package scenario

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// FaultPatch changes a JSON body of the answer by a JSON Patch (RFC 6902), and GraphQL answers by nulls and errors.
const FaultPatch FaultKind = "patch"

// What is said of extensions wherever they are edited.
const (
	ofGraphQLErrors   = "A JSON object for the errors of GraphQL answers"
	exampleExtensions = `{"code": "INTERNAL"}`
)

var (
	patchParameter = parameterOf("patch", func(f *Fault) *[]PatchOperation { return &f.Patch }, isNotNil, clonedPatch, patchOperations).
			edited(ControlJSON).schema(`type: array, maxItems: 100, items: { $ref: "#/components/schemas/PatchOperation" }`)
	nullPaths = parameterOf("null_paths", func(f *Fault) *[]string { return &f.NullPaths }, isNotNil, cloned, fieldPaths).
			edited(ControlNames).schema(`type: array, maxItems: 50, items: { type: string, maxLength: 1024 }, example: ["user.email", "orders[*].total"]`).
			doc("fields of GraphQL answers that become null; also JSONPath (RFC 9535) without filters")
	extensionsParameter = parameterOf(
		"extensions", func(f *Fault) *map[string]any { return &f.Extensions },
		func(v map[string]any) bool { return v != nil }, cloneObject, jsonValue,
	).edited(ControlJSON).schema("type: object, additionalProperties: true").doc("those of GraphQL errors")
)

func init() {
	register(Kind{
		Name: FaultPatch, Order: 140, Group: GroupBody, Label: "Changed JSON", Effect: EffectChanged,
		Description: "Changes JSON answers by a JSON Patch, and GraphQL answers by nulls with errors.",
		Doc: "changes JSON answers by a JSON Patch (RFC 6902); nulls fields of GraphQL answers, each with an error; " +
			"parts of a body (206) pass",
		Initial: Fault{Patch: []PatchOperation{{Op: "remove", Path: "/id"}}},
		Fields: []Field{
			{
				Parameter: patchParameter, Label: "JSON Patch", Help: "Operations of RFC 6902: add, remove, replace, move, copy, test",
				Example: `[{"op": "remove", "path": "/id"}]`,
			},
			{Parameter: nullPaths, Label: "GraphQL fields that become null", Help: "Such as user.email, orders[*].total or $..email"},
			{Parameter: extensionsParameter, Label: "Extensions", Help: ofGraphQLErrors, Example: exampleExtensions, With: nullPaths},
		},
		check: func(f *Fault) error {
			switch {
			case len(f.Patch)+len(f.NullPaths) == 0:
				return validation.Errorf("patch", "is required by kind patch, or null_paths is")
			case len(f.Extensions) > 0 && len(f.NullPaths) == 0:
				return validation.Errorf("extensions", "is not used without null_paths: they are those of its errors")
			}
			return nil
		},
	})
}

func clonedPatch(operations []PatchOperation) []PatchOperation {
	operations = slices.Clone(operations)
	for i := range operations {
		operations[i].Value = cloneJSON(operations[i].Value)
	}
	return operations
}

// fieldPaths checks paths to fields of GraphQL answers.
func fieldPaths(field string, paths []string) error {
	if len(paths) > MaxConditions {
		return count(field, len(paths))
	}
	var errs []error
	for i, p := range paths {
		if _, err := ParseNullPath(p); err != nil {
			errs = append(errs, validation.In(fmt.Sprintf("%s[%d]", field, i), err))
		}
	}
	return errors.Join(errs...)
}
