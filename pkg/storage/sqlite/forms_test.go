package sqlite

import (
	"fmt"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Every form of a condition has its SQL, so that a new condition of a form that is known needs nothing here.
func TestEveryFormOfAConditionHasItsSQL(t *testing.T) {
	for _, form := range recording.Forms() {
		c := conditions{walking: true} // without what the index for searching says besides
		if err := c.form(recording.Asked{Name: "x", Form: form}); err != nil || len(c.clauses) != 1 {
			t.Errorf("%T: %q, %v", form, c.clauses, err)
		}
	}
}

// What has no SQL is refused by its name, and so is what is within another.
func TestAFormWithoutSQLIsRefusedByName(t *testing.T) {
	type unknown struct{ recording.Form }
	for name, asked := range map[string]recording.Asked{
		"speed":     {Name: "speed", Form: unknown{}},
		"both":      {Name: "both", Form: recording.Every{Forms: []recording.Form{unknown{}}}},
		"not.speed": {Name: "not", Form: recording.None{Asked: []recording.Asked{{Name: "not.speed", Form: unknown{}}}}},
	} {
		err := new(conditions).form(asked)
		if all := validation.All(err); len(all) != 1 || all[0].Field != name {
			t.Errorf("%s: %s", name, fmt.Sprint(err))
		}
	}
}
