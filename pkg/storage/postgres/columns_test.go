package postgres_test

import (
	"database/sql"
	"slices"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// The table has what recordings have, and nothing that nobody writes.
func TestTheTableHasTheColumnsOfRecordings(t *testing.T) {
	_, dsn := migrated(t, nil)
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 'recorded_requests'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var there []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		there = append(there, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	want := slices.Sorted(slices.Values(postgres.RecordingColumns()))
	if slices.Sort(there); !slices.Equal(there, want) {
		t.Errorf("the table has\n%q, want\n%q", there, want)
	}
}

// Rows are written by hand, which is quicker: they have as many columns as are named, and TestContractOfRecordings reads each of
// them back where it was.
func TestARowHasTheColumnsThatAreNamed(t *testing.T) {
	if got, want := postgres.ColumnsOfARow(whole()), len(postgres.RecordingColumns()); got != want {
		t.Errorf("a row has %d columns, want %d", got, want)
	}
}
