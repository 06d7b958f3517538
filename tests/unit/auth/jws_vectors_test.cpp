#include "common/auth/base64url.hpp"
#include "common/auth/jws_parts.hpp"
#include "common/auth/key_set.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

// The examples of RFC 7515 appendix A and RFC 8037 appendix A.
namespace wsd {
namespace {

bool holds(const jws_key& key, const std::string& token) {
    std::vector<char> buffer(token.size());
    const auto parts = split_token(token, buffer);
    REQUIRE(parts.has_value());
    return key.verify(parts->signed_text, parts->signature);
}

// A change of one character of the header, the payload or the signature must not hold.
void check_vector(const jws_key& key, const std::string& token) {
    CHECK(holds(key, token));
    const std::size_t last_dot = token.rfind('.');
    for (const std::size_t at : {std::size_t{0}, last_dot - 2, last_dot + 1, last_dot + 20}) {
        std::string changed = token;
        changed[at] = changed[at] == 'A' ? 'Q' : 'A';
        CAPTURE(at);
        std::vector<char> buffer(changed.size());
        const auto parts = split_token(changed, buffer);
        CHECK_FALSE((parts && key.verify(parts->signed_text, parts->signature)));
    }
}

const jws_key& only_key(const key_set_result& keys) {
    REQUIRE(keys.has_value());
    const jws_key* key = (*keys)->find(std::nullopt);
    REQUIRE(key != nullptr);
    return *key;
}

key_set_result jwks_of(const std::string& jwk) {
    std::vector<std::string> warnings;
    return key_set::from_jwks("{\"keys\":[" + jwk + "]}", warnings);
}

} // namespace

TEST_CASE("JWS: the HS256 example of RFC 7515 A.1 holds and its changes do not") {
    const auto secret =
        base64url_decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    REQUIRE(secret.has_value());
    const auto keys = key_set::from_secret(*secret);
    check_vector(only_key(keys),
                 "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                 "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ij"
                 "p0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

TEST_CASE("JWS: the RS256 example of RFC 7515 A.2 holds and its changes do not") {
    const auto keys = jwks_of(
        R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"})");
    check_vector(
        only_key(keys),
        "eyJhbGciOiJSUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr"
        "7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--x"
        "i12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_Ioy"
        "pGlUPQGe77Rw");
}

TEST_CASE("JWS: the ES256 example of RFC 7515 A.3 holds and its changes do not") {
    const auto keys = jwks_of(
        R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
    check_vector(only_key(keys),
                 "eyJhbGciOiJFUzI1NiJ9."
                 "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
                 "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
}

TEST_CASE("JWS: the EdDSA example of RFC 8037 A.4 holds and its changes do not") {
    const auto keys = jwks_of(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
    check_vector(only_key(keys),
                 "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
                 "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
}

} // namespace wsd
