package postgrestest_test

import (
	"testing"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	for range 2 {
		if err := devpostgres.Execute(t.Context(), postgrestest.DSN(t), "CREATE TABLE mine (id int)"); err != nil {
			t.Fatal(err)
		}
	}
}
