#![no_main]
vjepa_web_fuzz::target!(zip);
