package datasource

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// The PostgreSQL of the tests lives as long as they do.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/mockforge/mockforge-observability-app/dev/postgres.startProcess.func1"))
}
