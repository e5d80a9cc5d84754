"""Downloads: over https only, continued where they stopped, checked, unpacked safely."""
