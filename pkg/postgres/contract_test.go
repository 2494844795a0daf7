package postgres_test

import (
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
)

func TestContractOfScenarios(t *testing.T) {
	apitest.TestScenarios(t, func(t *testing.T, now func() time.Time) api.Scenarios {
		store, _ := migrated(t, now)
		return store
	})
}
