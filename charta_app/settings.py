"""Every setting of the site, read from the environment (README, "Operating").

Without any variable the site runs for trying out and developing: SQLite in `var/`, mail to the terminal.
`CHARTA_PRODUCTION=1` is the one switch to a public server; it refuses to start with an insecure setting.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from charta_app.logs import configuration

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("CHARTA_VAR_DIR") or BASE_DIR / "var")
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # with it the folder of the database
EVIDENCE_ROOT = VAR_DIR / "evidence"  # files people upload; never below STATIC_ROOT
env = environ.Env()

PRODUCTION = env.bool("CHARTA_PRODUCTION", default=False)
DEBUG = env.bool("DEBUG", default=False)
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
DEVELOPMENT_KEY = "insecure-key-for-trying-out-only"
SECRET_KEY = env.str("SECRET_KEY", default="" if PRODUCTION else DEVELOPMENT_KEY)
ALLOWED_HOSTS: list[str] = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"]
)


def refuse(setting: str, reason: str) -> None:
    """Stop a public server from starting with a setting that is not safe."""
    raise ImproperlyConfigured(f"{setting}: {reason}")


if PRODUCTION:
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5 or SECRET_KEY.startswith("insecure"):
        refuse("SECRET_KEY", "braucht mindestens 50 zufällige Zeichen.")
    if DEBUG:
        refuse("DEBUG", "darf auf einem öffentlichen Server nicht eingeschaltet sein.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        refuse("ALLOWED_HOSTS", "muss die Namen nennen, unter denen der Server erreichbar ist.")

INSTALLED_APPS = [
    "charta_app",
    "assessments",
    "guidelines",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "crispy_forms",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "simple_history",
    "charta_app.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "charta_app.logs.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "charta_app.policy.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "charta_app.tokens.TokenMiddleware",
    "charta_app.accounts.SignInMiddleware",
    "charta_app.accounts.SecondFactorMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "charta_app.urls"
WSGI_APPLICATION = "charta_app.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Database: SQLite without a server, or DATABASE_URL=postgres://… ; why these options: README, decisions.
DATABASE_URL = env.str("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'charta.sqlite3'}")


def database(url: str) -> dict[str, Any]:
    """Django's settings for the database at `url` (sqlite or postgres)."""
    settings: dict[str, Any] = dict(env.db_url_config(url))
    if settings["ENGINE"].endswith("sqlite3"):
        settings["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA recursive_triggers=ON;",  # else REPLACE deletes what triggers refuse to delete
        }
    elif settings["ENGINE"].endswith("postgresql"):
        settings["CONN_HEALTH_CHECKS"] = True
        settings["OPTIONS"] = settings.get("OPTIONS", {}) | {
            "pool": {"min_size": 2, "max_size": 8, "timeout": 3},
            "connect_timeout": 3,
            "server_side_binding": True,
            "prepare_threshold": 5,
            "options": "-c statement_timeout=10000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=15000",
        }
    else:
        refuse("DATABASE_URL", "muss mit sqlite:/// oder postgres:// beginnen.")
    return settings


DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# One cache for all processes and machines: the rate limits of the sign-in count there (made by `migrate`)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "charta_cache"}}

# People
AUTH_USER_MODEL = "charta_app.User"
AUTHENTICATION_BACKENDS = ["charta_app.accounts.Door"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "assessments:overview"
LOGOUT_REDIRECT_URL = "signed_out"
ACCOUNT_ADAPTER = "charta_app.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by the administration, which knows the address
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Charta-Check: "
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0  # else one rate limit for all
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PASSWORD_MIN_LENGTH = 12
ACCOUNT_PREVENT_ENUMERATION = True

# How often somebody may try: per address of the network (ip), per account tried (key), per person signed in (user)
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",  # also codes of a second factor
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
    "access_token": "20/m/ip",  # wrong ones
}

# A second factor: app or key; a municipality may ask its officers for one
MFA_ADAPTER = "charta_app.accounts.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the administration knows the address
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION  # browsers allow http on localhost
MFA_TOTP_TOLERANCE = 1  # a clock may be half a minute off
MFA_RATE_LIMITS = {"webauthn_login": "10/m/ip"}
MFA_FORMS = {
    "authenticate": "charta_app.forms.CodeForm",
    "reauthenticate": "charta_app.forms.CodeAgainForm",
    "activate_totp": "charta_app.forms.ActivateAppForm",
    "add_webauthn": "charta_app.forms.AddKeyForm",
    "edit_webauthn": "charta_app.forms.EditKeyForm",
    "authenticate_webauthn": "charta_app.forms.KeyForm",
    "reauthenticate_webauthn": "charta_app.forms.KeyAgainForm",
    "login_webauthn": "charta_app.forms.KeyLoginForm",
}


def single_sign_on(server_url: str, client_id: str, client_secret: str, name: str) -> dict[str, Any]:
    """Allauth's settings for the OpenID Connect provider of the administration; without an address there is none."""
    if not server_url:
        return {}
    if not client_id or not client_secret:
        refuse("OIDC_CLIENT_ID, OIDC_CLIENT_SECRET", "gehören zu OIDC_SERVER_URL.")
    if PRODUCTION and not server_url.startswith("https://"):
        refuse("OIDC_SERVER_URL", "muss mit https:// beginnen.")
    app = {"provider_id": "sso", "name": name, "client_id": client_id, "secret": client_secret}
    return {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [app | {"settings": {"server_url": server_url}}],
        }
    }


SOCIALACCOUNT_PROVIDERS = single_sign_on(
    env.str("OIDC_SERVER_URL", default=""),
    env.str("OIDC_CLIENT_ID", default=""),
    env.str("OIDC_CLIENT_SECRET", default=""),
    env.str("OIDC_NAME", default="Verwaltungskonto"),
)
SOCIALACCOUNT_ADAPTER = "charta_app.accounts.SingleSignOnAdapter"
# A link, no form: browsers apply form-action of the content policy to the redirect that follows a form
SOCIALACCOUNT_LOGIN_ON_GET = True

# Who runs this site: imprint, privacy notice, accessibility statement
OPERATOR = {
    "name": env.str("OPERATOR_NAME", default=""),
    "address": env.str("OPERATOR_ADDRESS", default=""),
    "email": env.str("OPERATOR_EMAIL", default=""),
    "phone": env.str("OPERATOR_PHONE", default=""),
    "privacy_contact": env.str("OPERATOR_PRIVACY_CONTACT", default=""),
}

# Language and time
LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Berlin"
USE_TZ = True

# Forms and files
CRISPY_TEMPLATE_PACK = "kern"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["kern"]
FIXTURE_DIRS = [BASE_DIR / "fixtures"]
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION  # a changed stylesheet shows at once
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 2
FILE_UPLOAD_HANDLERS = [
    "charta_app.uploads.NoMoreThanEnough",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# Work in the background: in a thread of the server, or in `manage.py db_worker` on as many machines as one likes
TASK_BACKENDS = {
    "thread": "charta_app.background.ThreadBackend",
    "database": "django_tasks_db.DatabaseBackend",
}
TASKS_BACKEND = env.str("TASKS_BACKEND", default="thread")
if TASKS_BACKEND not in TASK_BACKENDS:
    refuse("TASKS_BACKEND", "muss thread oder database sein.")
TASKS = {"default": {"BACKEND": TASK_BACKENDS[TASKS_BACKEND]}}

# Mail
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10  # seconds; a mail server that does not answer must not hold a worker
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="charta-check@localhost")

# Doors
SESSION_ENGINE = "charta_app.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^gesund/$"]
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
CSRF_FAILURE_VIEW = "charta_app.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # KERN draws its icons from data: addresses
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Logs: to the terminal, no personal data
LOGGING = configuration(
    env.str("LOG_FORMAT", default="json" if PRODUCTION else "lines"),
    tells_all=DEBUG,
)
