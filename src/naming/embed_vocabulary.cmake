# cmake -DVOCABULARY=<file> -DOUTPUT=<file.cpp> -P embed_vocabulary.cmake: the file as a raw string literal.
file(READ ${VOCABULARY} content)
file(WRITE ${OUTPUT} "#include \"naming/vocabulary_text.h\"

namespace clipcluster::naming {

std::string_view vocabulary_text() { return R\"words(${content})words\"; }

}  // namespace clipcluster::naming
")
