package recording

import (
	"strings"
	"testing"
	"unicode"
)

// Names of secrets, those that scrubbers of others look for among them, and names beside them that are of none.
var (
	secretFieldNames = []string{
		// The issue's, and spellings of them.
		"accessToken", "apiKey", "clientSecret", "refreshToken", "idToken", "apikey", "user[password]", "users[0][secret]", "newPassword",
		"access_token", "access-token", "ACCESS_TOKEN", "Access Token", "access.token", "x-foo-token", "db_password", "dbpassword", "DBPassword",
		"user.password", "password[]", "passwords[0]", "_password", "$password", "Password", "PASSWORD2", "password1", "new_password1",
		"password_confirmation", "passwordConfirm", "passwordAgain", "confirmPassword", "api_key_value", "apiKeyLive", "secretKeyBase64", "token_hash",
		// Sentry: the default denylist and @password.
		"passwd", "secret", "api_key", "auth", "credentials", "mysql_pwd", "privatekey", "private_key", "token", "session", "csrftoken", "sessionid",
		"x_csrftoken", "set_cookie", "cookie", "authorization", "x_api_key", "aiohttp_session", "connect.sid", "csrf_token", "csrf", "_csrf",
		"_csrf_token", "PHPSESSID", "_session", "user_session", "_xsrf", "XSRF-TOKEN", "api-key", "private-key", "otp", "two_factor", "two-factor",
		// Datadog: the scrubber of the agent, and the obfuscation of queries.
		"pass", "user_pass", "pwd", "jwt", "app_key", "appkey", "application_key", "consumer_key", "token_id", "community_string", "authKey", "auth_key",
		"priv_key", "privKey", "authentication_key", "privacy_key", "access_key", "secret_id", "secret_access_key", "x-functions-key", "x-rapidapi-key",
		"lodauth", "statuskey", "x-sonar-passcode", "kong-admin-token", "session_token", "passphrase", "pass_phrase", "old_password", "consumer_secret",
		"stripetoken", "x-auth", "basic_auth",
		// GitLab: what its logs leave out and is a credential.
		"authenticity_token", "rss_token", "encrypted_key", "otp_attempt", "sentry_dsn", "sharedSecret", "SAMLResponse", "private_token", "job_token",
		"personal_access_token",
		// Others.
		"AccountKey", "SharedAccessKey", "subscription-key", "SecretAccessKey", "sessionToken", "bearer", "bearerToken", "cvv", "cvc", "cardNumber",
		"card[number]", "client_assertion", "code_verifier", "connectionString", "JSESSIONID", "ASP.NET_SessionId", "signingKey", "encryption-key",
		"webhookSecret", "recovery_codes", "mfaCode", "userCredentials", "wifi_psk", "ssn",
	}
	openFieldNames = []string{
		"tokens_used", "token_count", "max_tokens", "tokens", "totalTokens", "prompt_tokens", "token_type", "tokenType", "tokenizer", "tokenized",
		"keyboard", "monkey", "turkey", "author", "authors", "authority", "authored_by", "passenger", "passport", "passing", "compass", "bypass",
		"secretary", "secret_santa", "secretName", "password_hint", "passwordless", "password_policy", "password_expires_at", "passwordField",
		"key", "primary_key", "primaryKey", "foreign_key", "sort_key", "cacheKey", "public_key", "publicKey", "hotkey", "keys", "key_id",
		"nextToken", "next_page_token", "pageToken", "continuationToken", "eos_token", "max_token", "stop_token",
		"session_count", "sessions", "obsession", "cookies_accepted", "cookieConsent", "credential_type", "credentialsUrl", "authorized", "authorize",
		"oauth_provider", "auth_method", "authType", "api_keyboard", "apiKeyId", "access_key_id", "pinned", "opinion", "spin", "code", "zip_code",
		"country_code", "status_code", "state", "nonce", "signature", "hash", "digest", "salt", "csrf_enabled", "description", "name", "user", "email",
		"ip_address", "remote_addr", "body", "note", "title", "content", "certificate", "jwt_issuer", "passed", "pass_rate", "encompass", "otpauth",
		"hotpot", "captcha", "address", "assessment", "", "_", "[]", "0", "12", "pw_strength",
	}
)

func TestNamesAreToldInAnySpelling(t *testing.T) {
	r := redactor(t, DefaultRedaction())
	for _, name := range secretFieldNames {
		if _, secret := r.fields.find(name); !secret {
			t.Errorf("%q is no secret", name)
		}
	}
	for _, name := range openFieldNames {
		if rule, secret := r.fields.find(name); secret {
			t.Errorf("%q is a secret: %+v", name, rule)
		}
	}
	if len(secretFieldNames) < 80 || len(openFieldNames) < 80 {
		t.Error("the tables have fewer than 80 names each")
	}
}

func TestHeadersAndParametersOfVendorsAreSecret(t *testing.T) {
	r := redactor(t, DefaultRedaction())
	for _, name := range []string{
		"Authorization", "Proxy-Authorization", "X-Auth-Token", "Private-Token", "X-Vault-Token", "X-Amz-Security-Token", "Api-Key", "X-Api-Key", "X-CSRF-Token",
		"DD-API-KEY", "DD-APPLICATION-KEY", "Ocp-Apim-Subscription-Key", "X-Shopify-Access-Token", "X-GitHub-Token", "X-Consul-Token", "X-Goog-Api-Key",
		"X-Functions-Key", "X-RapidAPI-Key", "X-Auth", "X-Auth-Key", "X-Hub-Signature-256", "X-Hub-Signature", "Stripe-Signature", "X-Slack-Signature",
		"X-Shopify-Hmac-Sha256", "X-Twilio-Signature", "Job-Token", "Deploy-Token", "X-Gitlab-Token", "CF-Access-Client-Secret", "Cf-Access-Jwt-Assertion",
		"X-Goog-Iap-Jwt-Assertion", "X-Algolia-API-Key", "X-Figma-Token", "X-Original-Authorization", "X-Amzn-Oidc-Accesstoken", "authorization-bin",
		"X-Session-Id", "X-Sonar-Passcode", "apikey", "Cookie", "Set-Cookie", "X-IBM-Client-Secret", "Kong-Admin-Token", "x_auth_token", "X-Octopus-ApiKey",
	} {
		if _, secret := r.headers.find(name); !secret {
			t.Errorf("the header %s is no secret", name)
		}
	}
	for _, name := range []string{
		"Accept", "Content-Type", "Host", "User-Agent", "ETag", "If-None-Match", "Idempotency-Key", "Sec-WebSocket-Key", "Sec-WebSocket-Accept", "Surrogate-Key",
		"X-Cache-Key", "WWW-Authenticate", "X-Request-Id", "Traceparent", "Digest", "Content-Digest", "Signature-Input", "X-Amz-Content-Sha256", "X-Amz-Date",
		"X-RateLimit-Remaining-Tokens", "Keep-Alive", "X-Author", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "X-Forwarded-For",
		"X-Token-Count", "Grpc-Status", "X-Keyboard",
	} {
		if name == "Access-Control-Allow-Credentials" {
			continue // true, and no other value
		}
		if _, secret := r.headers.find(name); secret {
			t.Errorf("the header %s is a secret", name)
		}
	}
	for _, name := range []string{
		"X-Amz-Signature", "X-Goog-Signature", "X-Amz-Security-Token", "X-Amz-Credential", "sig", "key", "code", "signature", "Signature", "api_key", "apikey",
		"subscription-key", "access_token", "id_token", "client_secret", "code_verifier", "assertion", "auth", "user[password]", "hmac", "appid", "private_token",
	} {
		if _, secret := r.parameters.find(name); !secret {
			t.Errorf("the parameter %s is no secret", name)
		}
	}
	for _, name := range []string{"state", "page", "q", "sort_key", "zip_code", "status_code", "design", "X-Amz-Date", "X-Amz-Algorithm", "se", "sp", "next_token", "keyword"} {
		if _, secret := r.parameters.find(name); secret {
			t.Errorf("the parameter %s is a secret", name)
		}
	}
}

func TestNamesOfOnesOwnAreMetWholeOrAsAnEnd(t *testing.T) {
	r := redactor(t, Redaction{JSONFields: []string{"pin", "*iban", "Straße"}, Keep: []string{"session", "*design_token"}})
	for name, want := range map[string]bool{
		"pin": true, "PIN": true, "user[pin]": true, "user.pin": true, "p-i-n": true, "user_pin": false, "spin": false, "pin_code": false,
		"iban": true, "debtorIban": true, "caliban": false, "STRASSE": false, "straße": true, "Stra-ße": true,
	} {
		if _, secret := r.fields.find(name); secret != want {
			t.Errorf("%s: %v", name, secret)
		}
	}
	keeps := DefaultRedaction()
	keeps.Keep = []string{"session", "*design_token", "x-api-token"}
	r = redactor(t, keeps)
	for name, want := range map[string]bool{
		"session": false, "user_session": true, "Session": false, "design_token": false, "myDesignToken": false, "token": true, "x-api-token": false, "api_token": true,
	} {
		if _, secret := r.fields.find(name); secret != want {
			t.Errorf("with names to keep, %s: %v", name, secret)
		}
	}
}

func TestBadNamesAreRefused(t *testing.T) {
	for field, redaction := range map[string]Redaction{
		"keep[0]":         {Keep: []string{""}},
		"keep[1]":         {Keep: []string{"a", "Cookie"}},
		"keep[0] ":        {Keep: []string{"*authorization"}},
		"json_fields[0]":  {JSONFields: []string{"*"}},
		"json_fields[0] ": {JSONFields: []string{"a*b"}},
		"headers[0]":      {Headers: []string{"--"}},
	} {
		_, err := NewRedactor(redaction)
		if err == nil || !strings.HasPrefix(err.Error(), strings.TrimSpace(field)+":") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestFindingANameDoesNotAllocate(t *testing.T) {
	r := redactor(t, DefaultRedaction())
	name := []byte(`{"aRatherLong_accessToken": 1`)
	if n := testing.AllocsPerRun(100, func() {
		r.fields.find("aRatherLong_accessToken")
		lookBack(r.fields, name, 0, len(name)-4, quotedName)
		r.fields.mayEnd("aRatherLong_accessToken")
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzNamesAreFoundWhereverTheyStand holds the ways to look for a name against each other.
func FuzzNamesAreFoundWhereverTheyStand(f *testing.F) {
	for _, name := range append(secretFieldNames, openFieldNames...) {
		f.Add(name)
	}
	r := redactor(f, DefaultRedaction())
	f.Fuzz(func(t *testing.T, name string) {
		_, secret := r.fields.find(name)
		if secret != func() bool { _, s := r.fields.find(strings.ToUpper(name)); return s }() && !strings.ContainsFunc(name, unicode.IsUpper) &&
			!strings.ContainsFunc(name, func(c rune) bool { return c >= 0x80 }) && strings.IndexFunc(name, unicode.IsDigit) < 0 {
			t.Errorf("%q is a secret or not by its case", name)
		}
		if !secret {
			return
		}
		if !r.fields.mayEnd(name) {
			t.Errorf("a glance at text misses %q", name)
		}
		if strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == '"' || c == '\\' || c >= 0x80 }) || len(name) > maxNameBytes {
			return
		}
		if !r.fields.may([]byte("        "+name), 8+len(name)) {
			t.Errorf("a glance misses %q", name)
		}
		rec := Recording{Body: Body{Content: []byte(`{"` + name + `":"` + planted + `"}`)}}
		if r.Redact(&rec); strings.Contains(string(rec.Body.Content), planted) {
			t.Errorf("%q is a secret, and %s was kept", name, rec.Body.Content)
		}
	})
}
