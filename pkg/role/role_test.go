package role_test

import (
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/role"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func TestHigherRolesMayWhatLowerOnesMay(t *testing.T) {
	for _, test := range []struct {
		is, least role.Role
		want      bool
	}{
		{"Viewer", role.Viewer, true},
		{"Viewer", role.Editor, false},
		{"Editor", role.Viewer, true},
		{"Editor", role.Admin, false},
		{"Admin", role.Admin, true},
		{"Admin", role.Viewer, true},
		{"None", role.Viewer, false},
		{"", role.Viewer, false},
		{"admin", role.Viewer, false},
		{"Admin", "Owner", false},
		{"Admin", "", false},
	} {
		if got := test.is.AtLeast(test.least); got != test.want {
			t.Errorf("%q at least %q: %t", test.is, test.least, got)
		}
	}
}

func TestTheSettingIsViewerUnlessItSaysOtherwise(t *testing.T) {
	for settings, want := range map[string]role.Role{
		``: role.Viewer, `{}`: role.Viewer, `{"readBodiesRole":""}`: role.Viewer, `{"readBodiesRole":null}`: role.Viewer, `null`: role.Viewer,
		`{"readBodiesRole":"Viewer","other":1}`: role.Viewer, `{"readBodiesRole":"Editor"}`: role.Editor, `{"readBodiesRole":"Admin"}`: role.Admin,
	} {
		if got, err := role.ReadBodies([]byte(settings)); err != nil || got != want {
			t.Errorf("%s: %q, %v", settings, got, err)
		}
	}
	for settings, field := range map[string]string{
		`{"readBodiesRole":"viewer"}`: "readBodiesRole", `{"readBodiesRole":"None"}`: "readBodiesRole", `{"readBodiesRole":1}`: "readBodiesRole", `[`: "jsonData", `[]`: "jsonData",
	} {
		got, err := role.ReadBodies([]byte(settings))
		if all := validation.All(err); len(all) != 1 || all[0].Field != field || got != "" {
			t.Errorf("%s: %q, %v", settings, got, err)
		}
	}
}
