"""The rules: pure arithmetic on plain numbers. No model is named or known in here."""
