"""Named entities: text in, names with their type, place and probability out (BiLSTM-CRF)."""
